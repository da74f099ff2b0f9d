"""Open the bus which the settings name: the one place that knows there are two kinds."""

from eventbus.bus import EventBus
from eventbus.kafka_bus import KafkaBus
from eventbus.kafka_connection import KafkaConnection
from eventbus.log_filter import limit_client_logs
from eventbus.settings import BusSettings
from eventbus.sqlite_log import SqliteBus


async def open_bus(settings: BusSettings) -> EventBus:
    """The bus, ready to use; the caller closes it.

    Raises BusUnavailable and BusInUseElsewhere for a file. Kafka is not contacted before it is needed, so that a
    service can start, and say that it is not ready, while the broker is away.
    """
    path = settings.sqlite_path
    if path is not None:
        return await SqliteBus.open(path)
    limit_client_logs()
    connection = KafkaConnection.from_settings(settings)
    return KafkaBus(connection, topic_prefix=settings.topic_prefix, replication_factor=settings.replication_factor)
