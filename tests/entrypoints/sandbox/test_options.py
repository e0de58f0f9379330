from entrypoints.sandbox.options import change_options, start_options


def test_a_choice_has_its_words_in_the_help_where_they_leave_the_names_of_options_whole() -> None:
    for options in (start_options(), change_options()):
        told = {one.name: one.annotation.__metadata__[0] for one in options}

        assert told["after_script"].help.endswith("One of: silence, hang_up.")
        assert told["after_script"].metavar == "WORD"
        assert told["drop_rate"].metavar is None
