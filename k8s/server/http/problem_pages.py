"""GET /problems: what each kind of problem means and what a client should do. The `type` of a problem leads here."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import PlainTextResponse

from k8s.server.http.schemas import refusals
from k8s.server.problem_kinds import EXPLANATIONS, PAGES, ProblemKind
from k8s.server.problems import Problem

router = APIRouter(prefix=PAGES)

KindPath = Annotated[str, Path(json_schema_extra={"enum": [*ProblemKind]}, description="as in `type`")]


def _text(description: str, example: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": description, "content": {"text/plain": {"example": example}}}}


def page(kind: ProblemKind) -> str:
    """One kind, in plain text."""
    status, meaning, action, is_retryable = EXPLANATIONS[kind]
    return (
        f"{kind}\n\nStatus: {status.value} {status.phrase}\nMeaning: {meaning}\nWhat to do: {action}\n"
        f"Retry the same request: {'yes' if is_retryable else 'no'}\n"
    )


def index() -> str:
    """All kinds, one a line."""
    return "".join(f"{kind.type}  {status.value}  {meaning}\n" for kind, (status, meaning, *_) in EXPLANATIONS.items())


@router.get(
    "",
    summary="The kinds of problems",
    response_class=PlainTextResponse,
    responses=_text("One kind a line: address, status, meaning", index()),
)
async def problem_index() -> str:
    return index()


@router.get(
    "/{kind}",
    summary="What a kind of problem means, and what to do",
    response_class=PlainTextResponse,
    responses=_text("Status, meaning, what to do, whether to retry", page(ProblemKind.BUSY)) | refusals(404),
)
async def problem_page(kind: KindPath) -> str:
    """The address in the member `type` of problem details."""
    try:
        return page(ProblemKind(kind))
    except ValueError:
        raise Problem(ProblemKind.NOT_FOUND, f"There is no such problem kind. {PAGES} lists all of them.") from None
