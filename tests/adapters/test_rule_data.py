from importlib.metadata import version

from adapters.rule_data import installed_rule_data


def test_the_installed_data_is_named_by_its_versions() -> None:
    found = installed_rule_data()
    assert found.zones[:2] == "20"
    assert (found.holidays, found.numbers) == (version("holidays"), version("phonenumbers"))
