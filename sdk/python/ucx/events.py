"""How does a plugin watch?"""

from . import types
from ._adopt import Err
from ._export import after, export, told


class Retry(Exception):
    """Raised by a subscriber: give this batch again later."""


class Reject(Exception):
    """Raised by a subscriber: this batch can never be taken; set it aside with these words."""


def subscriber(function):
    """Makes `function(event)` the plugin's subscriber; a `Gap` of lost events is handed to it too.

    A batch ends at the first exception: `Retry` asks for it again, any other sets it aside.
    """

    class Subscriber:
        def on_events(self, batch):
            try:
                for delivery in batch:
                    function(delivery.value)
                return None
            except Retry:
                nack = types.Nack_Retry()
            except Reject as error:
                nack = types.Nack_Reject(str(error))
            except Exception as error:  # noqa: BLE001 - a batch that breaks the plugin is set aside
                nack = types.Nack_Reject(told(error))
            finally:
                after()
            raise Err(nack)

    return export(function, "Subscriber", Subscriber)
