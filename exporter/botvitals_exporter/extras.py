"""Libraries that only some verbs need, which pip installs by the extra of their name."""

from botvitals.language import gettext as _


class MissingExtraError(Exception):
    """`package` cannot be imported; the message tells a person which `extra` of botvitals brings it."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            _("{package} is not installed: pip install 'botvitals[{extra}]'").format(package=package, extra=extra)
        )
        self.package = package
        self.extra = extra
