import pytest
from graph.database import Database, count_statements
pytestmark = pytest.mark.neo4j
async def test_read(database: Database) -> None:
    with count_statements() as counted:
        assert await database.read("RETURN 1, 'a'") == [[1, "a"]]
    assert counted.count == 1
