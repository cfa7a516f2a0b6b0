"""The well-behaved plugins, by their names; `main("bridge")` is one of them, executed."""

import importlib
import sys

WHERE = {
    "bridge": ("interfaces", "Bridge"),
    "ptp": ("interfaces", "Ptp"),
    "loopback": ("interfaces", "Loopback"),
    "host-local": ("ipam", "HostLocal"),
    "static": ("ipam", "Static"),
    "portmap": ("chained", "Portmap"),
    "tuning": ("chained", "Tuning"),
    "bandwidth": ("chained", "Bandwidth"),
    "firewall": ("chained", "Firewall"),
}


def plugin_class(type):
    """The class of a type; only its module is loaded, as every call of a plugin pays for it."""
    module, name = WHERE[type]
    return getattr(importlib.import_module(module), name)


def __getattr__(name):
    for module, known in WHERE.values():
        if known == name:
            return getattr(importlib.import_module(module), name)
    raise AttributeError(name)


def main(type):
    sys.exit(plugin_class(type)().run())
