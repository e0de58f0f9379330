"""The verifiable log's numbers."""

from application.log_figures import LogFigures


def test_they_are_there_while_this_process_keeps_it() -> None:
    figures = LogFigures()
    none = [family.samples for family in figures.collect()]
    figures.look = lambda: (5, 4, 3)

    assert none == [[], [], []]
    assert [[sample.value for sample in family.samples] for family in figures.collect()] == [[5], [4], [3]]
