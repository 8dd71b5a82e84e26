import _asyncio

import pytest

from botvitals_exporter.sources.census.freed_objects import module_that_leads_to_freed_objects


@pytest.mark.parametrize("version", [(3, 12, 0), (3, 12, 5)])
def test_from_3_12_0_to_3_12_5_asyncios_module_is_left_alone(version: tuple[int, ...]) -> None:
    assert module_that_leads_to_freed_objects(version) is _asyncio


@pytest.mark.parametrize("version", [(3, 11, 14), (3, 12, 6), (3, 13, 0)])
def test_elsewhere_every_module_is_followed(version: tuple[int, ...]) -> None:
    assert module_that_leads_to_freed_objects(version) is None
