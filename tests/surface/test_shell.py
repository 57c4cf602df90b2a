"""The shell has what the README's chains use."""

from __future__ import annotations

from django.core.management import call_command


def test_models_conditions_and_catalogue_are_at_hand(capsys):
    call_command("shell", command="print(Post.__name__, P.__name__, F.__name__, catalogue[11].name)", verbosity=0)
    assert capsys.readouterr().out.strip() == "Post P F recent_posts"
