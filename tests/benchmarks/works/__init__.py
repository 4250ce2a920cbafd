"""All kinds of work, by name. Importing this needs a Django that is set up."""

from collections.abc import Mapping

from tests.benchmarks.works import bulk, reading, requests, single
from tests.benchmarks.works.base import Work

__all__ = ["WORKS", "Work"]

WORKS: Mapping[str, type[Work]] = {
    work.name: work
    for work in (
        single.Create,
        single.SaveChanged,
        single.SaveUnchanged,
        single.SaveUnnamed,
        single.SaveUndecorated,
        single.SaveLoop,
        bulk.Update,
        bulk.UpdateExpression,
        bulk.BulkCreate,
        bulk.BulkUpdate,
        bulk.Delete,
        reading.Trail,
        reading.Trails,
        reading.ShortTrails,
        requests.RequestIdle,
        requests.RequestWrite,
    )
}
