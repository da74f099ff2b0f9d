"""Topics and cluster, asked through Kafka's admin protocol: create, look up, identify.

Each question opens a connection of its own and closes it again: questions are rare, and a connection that was kept
through an outage is the harder thing to get right. Never asks for a topic by name, since that creates it on a broker
with auto-creation.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]  # no py.typed
from aiokafka.errors import TopicAlreadyExistsError, for_code  # type: ignore[import-untyped]  # no py.typed

from eventbus.bus import ALL_KEPT, TOMBSTONES_KEPT, TopicSpec
from eventbus.errors import BusUnavailable, UnknownTopic
from eventbus.kafka_closing import closed_in_time
from eventbus.kafka_connection import KafkaConnection, kafka_errors

_MAX_MESSAGE_BYTES = 1024 * 1024
_VISIBLE_POLL_SECONDS = 0.05


class KafkaTopics:
    """The topics of one cluster, under their full names."""

    def __init__(self, connection: KafkaConnection, *, replication_factor: int) -> None:
        self._connection = connection
        self._replication_factor = replication_factor

    async def create(self, specs: Iterable[TopicSpec]) -> None:
        """Create what is missing and wait until it has leaders. Raises BusUnavailable."""
        wanted = {spec.name: spec for spec in specs}
        async with self._admin("creating topics") as admin:
            missing = [spec for name, spec in wanted.items() if name not in await _partitions(admin)]
            if missing:
                await self._create_missing(admin, missing)
            while not set(wanted) <= set(await _partitions(admin)):
                await asyncio.sleep(_VISIBLE_POLL_SECONDS)

    async def partitions(self, topics: Collection[str]) -> dict[str, list[int]]:
        """The partition numbers of topics. Raises UnknownTopic and BusUnavailable."""
        async with self._admin("looking up topics") as admin:
            found = await _partitions(admin)
        if missing := set(topics) - set(found):
            raise UnknownTopic(missing)
        return {topic: found[topic] for topic in topics}

    async def cluster_id(self) -> str:
        """The identity which the cluster was formatted with. Raises BusUnavailable."""
        async with self._admin("asking for the cluster") as admin:
            return str((await admin.describe_cluster())["cluster_id"])

    async def _create_missing(self, admin: AIOKafkaAdminClient, specs: list[TopicSpec]) -> None:
        try:
            response = await admin.create_topics([_new_topic(spec, self._replication_factor) for spec in specs])
        except AttributeError as error:
            # aiokafka 0.14 looks for the controller's node id without asking whether there is a controller.
            raise BusUnavailable("Kafka has no controller at the moment") from error
        for name, code, message in response.topic_errors:
            # Whoever was faster has created it: services start together.
            if code not in (0, TopicAlreadyExistsError.errno):
                raise BusUnavailable(f"Kafka did not create {name}: {message or for_code(code).__name__}")

    @asynccontextmanager
    async def _admin(self, doing: str) -> AsyncIterator[AIOKafkaAdminClient]:
        with kafka_errors(doing):
            async with asyncio.timeout(self._connection.operation_seconds):
                admin = AIOKafkaAdminClient(**self._connection.client_options())
                try:
                    await admin.start()
                    yield admin
                finally:
                    await closed_in_time(admin.close())


def topic_configuration(spec: TopicSpec, *, replication_factor: int) -> dict[str, str]:
    """What a topic is created with. Its times are the broker's; compaction is eager, for topics are small."""
    configuration = {
        "message.timestamp.type": "LogAppendTime",
        "max.message.bytes": str(_MAX_MESSAGE_BYTES),
        "cleanup.policy": "compact" if spec.compacted else "delete",
    }
    if replication_factor >= 3:
        configuration["min.insync.replicas"] = "2"
    if spec.compacted:
        configuration["delete.retention.ms"] = _milliseconds(TOMBSTONES_KEPT)
        configuration["min.cleanable.dirty.ratio"] = "0.1"
        configuration["min.compaction.lag.ms"] = _milliseconds(ALL_KEPT)
    if spec.retention is not None:
        configuration["cleanup.policy"] = "compact,delete" if spec.compacted else "delete"
        configuration["retention.ms"] = _milliseconds(spec.retention)
    return configuration


def _new_topic(spec: TopicSpec, replication_factor: int) -> NewTopic:
    configuration = topic_configuration(spec, replication_factor=replication_factor)
    topic = NewTopic(spec.name, spec.partitions, 1, topic_configs=configuration)
    # The constructor refuses -1, which brokers since 2.4 understand as their default.
    topic.replication_factor = replication_factor
    return topic


# Any: aiokafka answers with plain dictionaries of the protocol's fields.
async def _partitions(admin: AIOKafkaAdminClient) -> dict[str, list[int]]:
    described: list[dict[str, Any]] = await admin.describe_topics()
    return {
        topic["topic"]: sorted(int(part["partition"]) for part in topic["partitions"])
        for topic in described
        if topic["partitions"] and all(part["leader"] >= 0 for part in topic["partitions"])
    }


def _milliseconds(duration: timedelta) -> str:
    return str(int(duration.total_seconds() * 1000))
