"""What kombu's Redis transport gets wrong for us."""

from __future__ import annotations

from kombu.transport import redis, virtual


class Acknowledgements(redis.QoS):
    """An acknowledgement that the broker did not hear still gives its place back.

    Kombu keeps the place of a message until the broker heard that it is done. A broker that dies while all places of
    a worker are taken hears none of them, the worker asks for no more messages, has no socket on which it could see the
    loss, and waits for ever. The message itself stays with the broker, which hands it out again.
    """

    def ack(self, delivery_tag: str) -> None:
        """Kombu's, but the place is free whatever happens."""
        try:
            super().ack(delivery_tag)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


def install() -> None:
    """Let every channel of this process count its messages this way."""
    redis.Channel.QoS = Acknowledgements
