"""Names that links rely on: they stay, whatever a title becomes. The provisioning files say the same uids."""

from grafana_foundation_sdk.models.common import DataSourceRef

DATA_SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
MEMORY_UID = "botvitals-memory"
OBJECTS_UID = "botvitals-objects"
REQUESTS_UID = "botvitals-requests"
TAG = "botvitals"
