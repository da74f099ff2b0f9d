"""The bus in Apache Kafka. Together with its neighbours kafka_*.py the only code that imports aiokafka.

Puts the topic prefix before every name that goes out and takes it off everything that comes in. Connects when it is
first used. Runs no task of its own; the clients of aiokafka run theirs until they are closed.
"""

import dataclasses
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from eventbus.bus import Positions, Reader, Record, TopicSpec, refuse_too_large
from eventbus.errors import UnknownTopic
from eventbus.kafka_connection import KafkaConnection
from eventbus.kafka_consumer import new_consumer
from eventbus.kafka_producing import KafkaProducing
from eventbus.kafka_reader import KafkaReader
from eventbus.kafka_topics import KafkaTopics


class KafkaBus:
    """An EventBus in Kafka."""

    def __init__(
        self,
        connection: KafkaConnection,
        *,
        topic_prefix: str = "",
        replication_factor: int = -1,
        cluster_check_every: timedelta = timedelta(seconds=15),
    ) -> None:
        self._connection = connection
        self._cluster_check_every = cluster_check_every
        self._prefix = topic_prefix
        self._topics = KafkaTopics(connection, replication_factor=replication_factor)
        self._producing = KafkaProducing(connection)
        self._known_topics: set[str] = set()

    async def create_topics(self, topics: Iterable[TopicSpec]) -> None:
        """See EventBus.create_topics; the configuration of a topic that exists is left to the cluster's operator."""
        await self._topics.create([dataclasses.replace(spec, name=self._prefix + spec.name) for spec in topics])

    async def cluster_id(self) -> str:
        """See EventBus.cluster_id."""
        return await self._topics.cluster_id()

    async def send(self, records: Sequence[Record]) -> None:
        """See EventBus.send; any subset may have been written when it fails."""
        refuse_too_large(records)
        if not records:
            return
        # aiokafka would wait long for a topic that is not there, and make it on a broker with auto-creation.
        if unseen := {record.topic for record in records} - self._known_topics:
            await self._partitions(unseen)
            self._known_topics |= unseen
        try:
            await self._producing.send([dataclasses.replace(rec, topic=self._prefix + rec.topic) for rec in records])
        except BaseException:
            self._known_topics.clear()
            raise

    @asynccontextmanager
    async def open_reader(self, topics: Collection[str], positions: Positions | None = None) -> AsyncIterator[Reader]:
        """See EventBus.open_reader."""
        partitions = await self._partitions(topics)
        reader = KafkaReader(
            new_consumer(self._connection),
            partitions=partitions,
            topic_prefix=self._prefix,
            cluster_id=self._topics.cluster_id,
            cluster_check_every=self._cluster_check_every,
            operation_seconds=self._connection.operation_seconds,
        )
        try:
            await reader.start(positions)
            yield reader
        finally:
            await reader.close()

    async def close(self) -> None:
        """See EventBus.close."""
        await self._producing.close()

    async def _partitions(self, topics: Collection[str]) -> dict[str, list[int]]:
        try:
            return await self._topics.partitions([self._prefix + topic for topic in topics])
        except UnknownTopic as error:
            raise UnknownTopic([topic.removeprefix(self._prefix) for topic in error.topics]) from error
