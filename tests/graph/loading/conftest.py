"""What the tests of imports share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from graph.database import Database
from tests.imports import Imports

FORGET = "MATCH (n:Exclusion|ExclusionEdition|ExclusionList) DETACH DELETE n"


@pytest.fixture
async def imports(database: Database, tmp_path: Path) -> Imports:
    return await Imports(database, tmp_path).prepare()


@pytest.fixture
async def no_list(imports: Imports) -> AsyncIterator[Imports]:
    """No edition of the exclusion list, before and after: it is the same for everybody."""
    await imports.database.write(FORGET)
    yield imports
    await imports.database.write(FORGET)
    await imports.prepare()
