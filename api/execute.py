"""The one way in: a document, its variables and a token become an answer.

- Every face of Bonafide comes through here: HTTP, the command line, and later pages; same limits, same rules.
- A query is compiled to one statement for each root field. Its answer is written quickly when it is regular, and by
  graphql-core on the same answer when it is not: introspection, an error at a field, a null where there may be none.
- Without a token nothing but `__typename` is answered, and every other document looks alike.
- Nobody waits longer than the deadline. Our own mistakes are logged with their place and told without it.
"""

import asyncio
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson
import structlog
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, OperationDefinitionNode, OperationType, execute
from graphql.execution.values import get_variable_values

from api.anonymous import Misfit, answer_stranger
from api.clock import utc_now
from api.delivery.outside import NOWHERE, Outside
from api.derived import Asked
from api.documents import Document, Documents
from api.live.subscriptions import Watch, open_stream, watch_of
from api.live.watching import Live, Stream
from api.plans import Plan, RootPlan, plan_for
from api.problems import Unauthenticated, code_of
from api.schema import build_schema
from api.selection import TYPENAME
from api.serializer import Irregular
from api.shaping import shape
from api.tokens import hash_token
from graph.changes import Change
from graph.database import Database
from graph.errors import OutcomeUnknown
from graph.instants import millis
from graph.roots import ACCOUNT
from graph.selection import BadArgument
from verification.policies import Policies

DEADLINE_SECONDS: Final = 10.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, and with which token. `core` asks for graphql-core throughout, as a check on ourselves."""

    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation_name: str | None = None
    token: str | None = None
    core: bool = False
    queries_only: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is JSON. `executed` is False when the request was refused before anything ran."""

    body: bytes
    executed: bool = True
    code: str | None = None

    @property
    def result(self) -> Any:
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True)
class Context:
    """What a mutation's resolver needs to do its work."""

    executor: "Executor"
    token_hash: str
    now: datetime
    document: Document
    variables: Mapping[str, Any]


class Executor:
    """The schema, the database and the clock, put together once."""

    def __init__(
        self,
        database: Database,
        policies: Policies,
        now: Callable[[], datetime] = utc_now,
        *,
        deadline: float = DEADLINE_SECONDS,
        outside: Outside = NOWHERE,
    ) -> None:
        self.schema: GraphQLSchema = build_schema()
        self.database, self.policies, self.now = database, policies, now
        self.outside = outside
        self.live = Live(database, now)
        self._deadline = deadline * database.patience
        self._documents = Documents(self.schema)

    async def run(self, request: Request) -> Answer:
        """Answer a request; never raises but for cancellation."""
        try:
            async with asyncio.timeout(self._deadline):
                return await self._run(request)
        except GraphQLError as problem:
            return _refused(problem)
        except TimeoutError:
            return _refused(self._late(request))
        except Exception as problem:  # noqa: BLE001 - the last place where a mistake of ours can be kept from a client
            return _refused(self._masked(problem))

    async def _run(self, request: Request) -> Answer:
        document = self._documents.get(request.query)
        if request.token is None:
            return _to_stranger(document, request)
        if document.syntax is not None:
            raise document.syntax
        errors = self._documents.errors_of(document)
        if errors:
            return _refused(*errors)
        operation = document.operation(request.operation_name)
        if request.queries_only and operation.operation is not OperationType.QUERY:
            raise GraphQLError("GET runs queries only; send this with POST.", extensions={"code": "METHOD"})
        variables = self._variables(operation, request.variables)
        if operation.operation is OperationType.QUERY:
            return await self._query(request, document, operation, variables)
        if operation.operation is OperationType.SUBSCRIPTION:
            raise GraphQLError("A subscription is answered as text/event-stream or over a websocket.")
        return await self._mutation(request, document, operation, variables)

    async def begin(self, request: Request) -> "Answer | Streaming":
        """What a client that takes streams gets: a subscription's stream, or the answer to whatever else it asked."""
        try:
            async with asyncio.timeout(self._deadline):
                streaming = await self._streaming(request)
        except GraphQLError as problem:
            return _refused(problem)
        except TimeoutError:
            return _refused(GraphQLError("No answer in time.", extensions={"code": "DEADLINE_EXCEEDED"}))
        except Exception as problem:  # noqa: BLE001 - one delivery must not end the others'
            return _refused(self._masked(problem))
        return await self.run(request) if streaming is None else streaming

    async def _streaming(self, request: Request) -> "Streaming | None":
        """The stream of a subscription; None for what is none, or what is refused before it matters."""
        document = self._documents.get(request.query)
        if request.token is None or document.syntax is not None or self._documents.errors_of(document):
            return None
        operation = document.operation(request.operation_name)
        if operation.operation is not OperationType.SUBSCRIPTION:
            return None
        watch = watch_of(self.schema, document, operation, self._variables(operation, request.variables))
        stream = await open_stream(self.live, self.database, watch, hash_token(request.token))
        return Streaming(self, document, request, watch, stream)

    def _late(self, request: Request) -> GraphQLError:
        """What to tell when time has run out: a change may have been stored all the same."""
        operation = self._documents.get(request.query).operation(request.operation_name)
        if operation.operation is OperationType.MUTATION:
            return GraphQLError(str(OutcomeUnknown()), extensions={"code": "OUTCOME_UNKNOWN"})
        return GraphQLError("No answer in time.", extensions={"code": "DEADLINE_EXCEEDED"})

    def _variables(self, operation: OperationDefinitionNode, given: Mapping[str, Any]) -> dict[str, Any]:
        if not operation.variable_definitions:
            return {}
        found = get_variable_values(self.schema, operation.variable_definitions, dict(given), 10, hide_suggestions=True)
        if isinstance(found, list):
            raise _Several(found)
        return found

    async def _query(
        self, request: Request, document: Document, operation: OperationDefinitionNode, variables: dict[str, Any]
    ) -> Answer:
        plan = plan_for(self.schema, document, operation, variables)
        asked = Asked(plan.arguments(variables), self.now(), self.policies)
        token_hash = hash_token(request.token or "")
        answers = await self._ask(plan, asked, token_hash)
        if not request.core and not plan.introspects and not any(isinstance(a, Exception) for a in answers.values()):
            try:
                return Answer(orjson.dumps({"data": _quick(plan, answers, asked)}))
            except Irregular:
                pass
        return await self._complete(document, request, plan, answers, asked)

    async def _ask(self, plan: Plan, asked: Asked, token_hash: str) -> dict[str, Any]:
        """The raw answer of each root field by response key, or the error that stands for it."""
        if not plan.roots:
            await self._known(token_hash)
            return {}
        if len(plan.roots) == 1:
            root = plan.roots[0]
            return {root.selection.key: await self._root(root, asked, token_hash)}
        answers = await asyncio.gather(*(self._root(root, asked, token_hash) for root in plan.roots))
        return {root.selection.key: answer for root, answer in zip(plan.roots, answers, strict=True)}

    async def _root(self, root: RootPlan, asked: Asked, token_hash: str) -> Any:
        own = root.selection.slot
        try:
            for value in asked.arguments[root.slots]:
                if isinstance(value, Exception):
                    return value
            statement = root.statement({} if own is None else asked.arguments[own])
            parameters = statement.parameters(asked.arguments)
        except BadArgument as problem:
            return problem
        parameters["viewer"] = token_hash
        parameters["now"] = millis(asked.now)
        rows = await self.database.read(statement.text, parameters)
        if not rows:
            raise Unauthenticated
        return rows[0][0]

    async def _known(self, token_hash: str) -> None:
        """A document without a question to the graph still needs an account."""
        if not await self.database.read(f"{ACCOUNT} RETURN 1", {"viewer": token_hash, "now": 0}):
            raise Unauthenticated

    async def _complete(
        self, document: Document, request: Request, plan: Plan, answers: Mapping[str, Any], asked: Asked
    ) -> Answer:
        """Let graphql-core finish the answer from what the statements returned."""
        sources = {
            root.selection.key: raw
            if isinstance(raw := answers[root.selection.key], Exception)
            else shape("Query", root.selection, raw, asked)
            for root in plan.roots
        }
        return await self._core(document, request, sources, None)

    async def _mutation(
        self, request: Request, document: Document, operation: OperationDefinitionNode, variables: dict[str, Any]
    ) -> Answer:
        token_hash = hash_token(request.token or "")
        if all(_is_typename(node) for node in operation.selection_set.selections):
            await self._known(token_hash)
        context = Context(self, token_hash, self.now(), document, variables)
        return await self._core(document, request, {}, context)

    async def _core(
        self, document: Document, request: Request, sources: Mapping[str, Any], context: Context | None
    ) -> Answer:
        if document.tree is None:
            raise RuntimeError("only a document that parses is executed")
        running = execute(
            self.schema,
            document.tree,
            root_value=sources,
            context_value=context,
            variable_values=dict(request.variables),
            operation_name=request.operation_name or None,
            hide_suggestions=True,
        )
        result = running if isinstance(running, ExecutionResult) else await running
        if any(isinstance(error.original_error, Unauthenticated) for error in result.errors or ()):
            raise Unauthenticated
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body["errors"] = [_formatted(self._masked(error)) for error in result.errors]
        return Answer(orjson.dumps(body))

    def _masked(self, problem: Exception) -> GraphQLError:
        """The error a client may see: its code and words when it is theirs, an apology when it is ours."""
        original = problem.original_error if isinstance(problem, GraphQLError) else problem
        where = problem if isinstance(problem, GraphQLError) else None
        if original is None or isinstance(original, GraphQLError):
            return where or GraphQLError(str(problem))
        code = code_of(original)
        if code == "INTERNAL":
            log.error("internal", kind=type(original).__name__, frames=_frames(original)[-6:])
            message = "Something went wrong on our side. It has been logged."
        else:
            message = str(original)
        return GraphQLError(
            message,
            nodes=where.nodes if where else None,
            path=where.path if where else None,
            extensions={"code": code},
        )


@dataclass(frozen=True, slots=True)
class Streaming:
    """A subscription under way. Whoever holds it must let it go."""

    executor: Executor
    document: Document
    request: Request
    watch: Watch
    stream: Stream

    async def answer(self, change: Change) -> bytes:
        """The answer to one change, in JSON."""
        found = await self.executor._core(self.document, self.request, self.watch.source(change), None)  # noqa: SLF001 - its own other half
        return found.body

    def let_go(self) -> None:
        """Watch no more."""
        self.executor.live.leave(self.stream)


class _Several(GraphQLError):  # noqa: N818 - the client's errors, together
    """More than one error of the same request."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__("variables")
        self.errors = errors


def _frames(problem: BaseException) -> list[str]:
    """Where it went wrong, without the message: a message can hold what people wrote."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(problem.__traceback__)]


def _quick(plan: Plan, answers: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
    roots = {root.selection.key: root.serialize for root in plan.roots}
    return {key: roots[key](answers[key], asked) if key in roots else plan.typenames[key] for key in plan.keys}


def _is_typename(node: Any) -> bool:
    return getattr(getattr(node, "name", None), "value", None) == TYPENAME and hasattr(node, "alias")


def _to_stranger(document: Document, request: Request) -> Answer:
    """The answer without a token, in which no word of the schema stands."""
    try:
        if document.syntax is not None:
            return _unnamed([document.syntax], "BAD_REQUEST")
        data = answer_stranger(document, request.operation_name, request.variables)
    except Misfit as misfit:
        return _unnamed(misfit.problems, "BAD_REQUEST")
    except Unauthenticated as problem:
        return _unnamed([GraphQLError(str(problem))], "UNAUTHENTICATED")
    return Answer(orjson.dumps({"data": data}))


def _unnamed(problems: Sequence[GraphQLError], code: str) -> Answer:
    listed = [{"message": problem.message} for problem in problems]
    return Answer(orjson.dumps({"errors": listed}), executed=False, code=code)


def _formatted(error: GraphQLError) -> dict[str, Any]:
    formatted: dict[str, Any] = {"message": error.message}
    if error.locations:
        formatted["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path is not None:
        formatted["path"] = error.path
    formatted["extensions"] = {"code": (error.extensions or {}).get("code", "BAD_REQUEST")}
    return formatted


def _refused(*errors: GraphQLError) -> Answer:
    listed: Sequence[GraphQLError] = errors[0].errors if isinstance(errors[0], _Several) else errors
    body = {"errors": [_formatted(error) for error in listed]}
    return Answer(orjson.dumps(body), executed=False, code=body["errors"][0]["extensions"]["code"])
