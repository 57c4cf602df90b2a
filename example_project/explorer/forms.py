"""A form for the arguments of a pattern, made from its signature."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any, Final, get_args

from django import forms

from example_project.catalogue import Entry, Parameter
from example_project.catalogue.arguments import ArgumentError, as_text, choices, convert

INPUTS: Final[Mapping[type, Mapping[str, str]]] = {
    int: {"type": "number", "step": "1"},
    float: {"type": "number", "step": "any"},
    Decimal: {"type": "number", "step": "any"},
    datetime: {"type": "datetime-local", "step": "1"},
    date: {"type": "date"},
}


class ArgumentForm(forms.Form):
    """Every parameter as a field; one that the query does not name has its default."""

    def __init__(self, entry: Entry, query: Mapping[str, str]) -> None:
        self.entry = entry
        fields = {each.name: (OpenField if each.is_open else ArgumentField)(entry, each) for each in entry.parameters}
        super().__init__({name: query.get(name, field.initial) for name, field in fields.items()})
        self.fields.update(fields)

    @property
    def arguments(self) -> dict[str, Any]:
        """What to call the pattern with."""
        found = dict(self.cleaned_data)
        for each in self.entry.parameters:
            if each.is_open:
                found |= found.pop(each.name)
        return found


class ArgumentField(forms.CharField):
    """One parameter: its text is converted as the catalogue does it; text left as it was is the default itself."""

    def __init__(self, entry: Entry, parameter: Parameter) -> None:
        self.entry, self.parameter = entry, parameter
        super().__init__(
            label=parameter.name,
            help_text=f"{parameter.type}, UTC" if "datetime" in parameter.type else parameter.type,
            initial=_shown(parameter.default),
            required=False,
            strip=False,
            widget=_widget(parameter),
        )

    def clean(self, value: str) -> Any:
        """The value, or what is wrong with the text."""
        text = super().clean(value)
        return self.parameter.default if text == self.initial else _converted(self.entry, self.parameter.name, text)


class OpenField(forms.CharField):
    """Any further names, ``name=value`` on a line each."""

    def __init__(self, entry: Entry, parameter: Parameter) -> None:
        self.entry = entry
        super().__init__(
            label=f"**{parameter.name}",
            help_text="name=value, one a line",
            initial="",
            required=False,
            widget=forms.Textarea({"rows": 2}),
        )

    def clean(self, value: str) -> dict[str, Any]:
        """The names with their values."""
        found = {}
        for line in filter(None, map(str.strip, super().clean(value).splitlines())):
            name, sign, text = line.partition("=")
            if not (sign and name.strip().isidentifier()):
                raise forms.ValidationError(f"{line!r} is not of the form name=value")
            found[name.strip()] = _converted(self.entry, name.strip(), text.strip())
        return found


def _converted(entry: Entry, name: str, text: str) -> Any:
    try:
        return convert(entry, {name: text})[name]
    except ArgumentError as error:
        raise forms.ValidationError(str(error).removeprefix(f"pattern {entry.number}: {name}: ")) from error
    except OverflowError as error:
        raise forms.ValidationError(f"{text!r} is too large") from error


def _shown(value: Any) -> str:
    """A default as text; moments without their zone, which inputs cannot show."""
    if isinstance(value, datetime):
        value = value.astimezone(UTC).replace(tzinfo=None)
    return as_text(value)


def _widget(parameter: Parameter) -> forms.Widget:
    types = get_args(parameter.hint) or (parameter.hint,)
    allowed = choices(parameter)
    if allowed:
        none = [("", "None")] if NoneType in types else []
        return forms.Select(choices=[*none, *((value, value) for value in allowed)])
    attributes = next((INPUTS[each] for each in types if each in INPUTS and parameter.hint in {each, each | None}), {})
    optional = {"placeholder": "None"} if NoneType in types else {}
    return forms.TextInput({**attributes, **optional})
