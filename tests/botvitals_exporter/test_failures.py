from botvitals_exporter.failures import Failures


def test_what_somebody_else_counts_is_there_from_zero_on_and_never_said():
    said = []
    elsewhere = [0]
    failures = Failures(said.append)
    failures.include("subscriber", lambda: elsewhere[0])
    assert failures.counts() == {"subscriber": 0}
    elsewhere[0] = 3
    failures.note("server", "the port is taken")
    assert failures.counts() == {"server": 1, "subscriber": 3}
    assert said == ["the port is taken"]
