"""Who watches what in this process, and the one loop that tells them.

- One reader of the graph however many watch, and none while nobody does. Every process reads for itself, so it does
  not matter which one made a change.
- What is told was committed, and for each change the account is looked at anew: a token that was revoked ends its
  streams, at the latest after five seconds, and gets nothing more before.
- A stream that is not read keeps the newest change of each object and drops older ones, since a client asks again
  anyway; one that falls too far behind is ended.
- Closing ends all streams at once.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

import structlog

from graph.changes import REACHES_BACK, Change, Watcher, changes_since, watchers
from graph.database import Database
from graph.errors import DeadlineExceeded, Unavailable

EVERY: Final = 0.3
"""Seconds between two looks."""
LOOKED_AT_ANEW: Final = 5.0
"""Seconds after which accounts are looked at though nothing changed."""
MOST_WAITING: Final = 256
MOST_STREAMS: Final = 2_000
MOST_OF_ONE: Final = 50

log = structlog.get_logger(__name__)


class Ended(StrEnum):
    """Why a stream is over."""

    REVOKED = "revoked"
    TOO_SLOW = "too slow"
    CLOSING = "closing"


class TooMany(Exception):  # noqa: N818 - says what happened
    """As many streams are open as may be."""


@dataclass(eq=False, slots=True)
class Stream:
    """One subscription: `object` is the own id of the one thing watched, None for all that concerns the viewer."""

    token_hash: str
    account: str
    object: str | None
    ended: Ended | None = None
    _waiting: dict[str, Change] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def wants(self, change: Change, watcher: Watcher) -> bool:
        """Whether this change is to be told here."""
        return (self.object is None or self.object == change.own) and not watcher.acts_for.isdisjoint(change.parties)

    def tell(self, change: Change) -> None:
        """Have the change told, in place of an older one of the same object."""
        self._waiting.pop(change.object, None)
        self._waiting[change.object] = change
        if len(self._waiting) > MOST_WAITING:
            self.end(Ended.TOO_SLOW)
        self._news.set()

    def end(self, why: Ended) -> None:
        """Nothing more is told; what still waits is dropped unless the process only closes."""
        if self.ended is None:
            self.ended = why
        if why is not Ended.CLOSING:
            self._waiting.clear()
        self._news.set()

    async def next(self, within: float) -> Change | Ended | None:
        """The next change, why there is none any more, or None when nothing happened `within` seconds."""
        try:
            async with asyncio.timeout(within):
                await self._news.wait()
        except TimeoutError:
            return None
        if self._waiting:
            change = self._waiting.pop(next(iter(self._waiting)))
            if not self._waiting and self.ended is None:
                self._news.clear()
            return change
        if self.ended is None:
            self._news.clear()
        return self.ended


class Live:
    """The streams of one process."""

    def __init__(self, database: Database, now: Callable[[], datetime], *, every: float = EVERY) -> None:
        self._database, self._now, self._every = database, now, every
        self._streams: set[Stream] = set()
        self._seen: dict[str, datetime] = {}
        self._reader: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._closed = False

    async def join(self, token_hash: str, watcher: Watcher, own: str | None) -> Stream:
        """A stream that tells whatever is committed from now on. Raises TooMany, Unavailable, DeadlineExceeded."""
        stream = Stream(token_hash, watcher.account, own)
        if self._closed:
            stream.end(Ended.CLOSING)
            return stream
        mine = sum(other.account == watcher.account for other in self._streams)
        if len(self._streams) >= MOST_STREAMS or mine >= MOST_OF_ONE:
            raise TooMany
        async with self._starting:
            if self._reader is None or self._reader.done():
                # What is there already is no news.
                self._seen = {each.id: each.at for each in await self._window()}
                self._reader = asyncio.create_task(self._read())
            self._streams.add(stream)
        return stream

    def leave(self, stream: Stream) -> None:
        """Tell nothing more there."""
        self._streams.discard(stream)

    def close(self) -> None:
        """End every stream at once, and let nobody join."""
        self._closed = True
        for stream in list(self._streams):
            stream.end(Ended.CLOSING)
        if self._reader is not None:
            self._reader.cancel()

    async def _window(self) -> list[Change]:
        now = self._now()
        newest = min(max(self._seen.values(), default=now), now)
        return await changes_since(self._database, newest - REACHES_BACK)

    async def _read(self) -> None:
        clock = asyncio.get_running_loop().time
        looked = clock()
        while self._streams:
            await asyncio.sleep(self._every)
            try:
                news = await self._news()
                if news or clock() - looked >= LOOKED_AT_ANEW:
                    await self._tell(news)
                    looked = clock()
                self._seen.update((change.id, change.at) for change in news)
            except (Unavailable, DeadlineExceeded):
                # What was not told is still unseen, and is told when the database is back.
                continue
            except Exception as problem:  # noqa: BLE001 - a mistake must not leave everybody without news for good
                log.error("watching", kind=type(problem).__name__)  # noqa: TRY400 - its words stay with it

    async def _news(self) -> list[Change]:
        """What was not seen before; what lies outside the window is forgotten."""
        found = await self._window()
        news = [change for change in found if change.id not in self._seen]
        inside = {change.id for change in found}
        self._seen = {known: at for known, at in self._seen.items() if known in inside}
        return news

    async def _tell(self, news: Iterable[Change]) -> None:
        streams = list(self._streams)
        known = await watchers(self._database, (stream.token_hash for stream in streams))
        for stream in streams:
            watcher = known.get(stream.token_hash)
            if watcher is None:
                stream.end(Ended.REVOKED)
                self._streams.discard(stream)
                continue
            for change in news:
                if stream.wants(change, watcher):
                    stream.tell(change)
