"""Commands that need no store: the bodies and kinds, the schema.

- What they print is data of this program; nothing is looked up elsewhere.
"""

from typing import Annotated, Any

import orjson
import typer

from api.cli.failures import plainly
from api.cli.values import known_body, known_jurisdiction
from verification.credentials import WORDS, CredentialStatus, words_of
from verification.kinds import BODIES, KINDS, Body, Kind, is_independent

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def bodies(
    code: Annotated[str | None, typer.Argument(help="One body, such as CA-BBS.", metavar="[CODE]")] = None,
    jurisdiction: Annotated[str | None, typer.Option("--in", help="Bodies of one place, such as CA.")] = None,
    *,
    words: Annotated[bool, typer.Option("--words", help="What the words in a body's roster mean.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """List the bodies that issue licences and certificates, and what each may confirm.

    The codes are the ones that `import roster --body` and `token --body` take; the kinds are those of a roster's
    column credentialKind. An asterisk marks a licence for independent practice.
    """
    with plainly():
        chosen = _chosen(code, jurisdiction)
        if words:
            _print_words(code, as_json=as_json)
            return
        if as_json:
            print_json({"bodies": [_body(body) for body in chosen], "kinds": [_kind(KINDS[k]) for k in _kinds(chosen)]})
            return
        for body in chosen:
            typer.echo(f"{body.code:<10} {body.name} ({body.kind}, {body.zone})")
            typer.echo(f"{'':<10} may confirm: {', '.join(_marked(body))}")
        if code is not None:
            typer.echo()
            for kind in _kinds(chosen):
                typer.echo(f"{kind:<18} {KINDS[kind].name} ({KINDS[kind].role})")


def _print_words(code: str | None, *, as_json: bool) -> None:
    """Everybody's words by what they mean, with a body's own in their place."""
    own = words_of(known_body("CODE", code)) if code else {}
    meanings = {**WORDS, **own}
    if as_json:
        print_json([{"word": word, "status": status.value, "own": word in own} for word, status in meanings.items()])
        return
    for status in CredentialStatus:
        said = sorted(f"{word}*" if word in own else word for word, meant in meanings.items() if meant is status)
        typer.echo(f"{status.value:<18} {', '.join(said)}")
    if own:
        typer.echo(f"An asterisk marks what {code} itself says.")


def schema() -> None:
    """Print the GraphQL schema, as clients may rely on it."""
    with plainly():
        from api.schema import printed  # noqa: PLC0415 - building the schema takes longer than every other command

        typer.echo(printed(), nl=False)


def print_json(value: Any) -> None:
    """Print one JSON document on standard output."""
    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def _chosen(code: str | None, jurisdiction: str | None) -> list[Body]:
    if code is not None:
        return [BODIES[known_body("CODE", code)]]
    place = known_jurisdiction("--in", jurisdiction) if jurisdiction else None
    return [body for body in BODIES.values() if place in {None, body.jurisdiction}]


def _kinds(chosen: list[Body]) -> list[str]:
    return sorted({kind for body in chosen for authority in body.authority for kind in authority.kinds})


def _marked(body: Body) -> list[str]:
    """The kinds a body may confirm, those that stand for independent practice in its place with an asterisk."""
    return [f"{kind}*" if is_independent(kind, body.jurisdiction) else kind for kind in _kinds([body])]


def _body(body: Body) -> dict[str, Any]:
    return {
        "code": body.code,
        "name": body.name,
        "kind": body.kind,
        "zone": body.zone,
        "jurisdiction": body.jurisdiction,
        "kinds": _kinds([body]),
    }


def _kind(kind: Kind) -> dict[str, Any]:
    return {
        "code": kind.code,
        "name": kind.name,
        "family": kind.family,
        "role": kind.role.value,
        "independent": kind.independent,
    }
