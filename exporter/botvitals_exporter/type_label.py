"""How a type is written for people and in recordings."""


def type_label(name: str) -> str:
    """Return `<class 'NAME'>`, as `str()` of a class prints it and as recordings have always named it."""
    return f"<class '{name}'>"
