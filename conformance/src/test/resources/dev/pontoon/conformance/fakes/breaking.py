"""Variants of the good plugins that break one rule each, to see that the case for it fails.

A module `broken_*.py` beside this one registers them:

    @breaks("del/missing-netns", says="DEL succeeds")
    class NoNetns(good.Bridge):
        def netns_gone(self):
            self.fail(999, "no netns")

    @wrap("add/only-json", type="bridge", says="one JSON object")
    def banner(call, exit, out, err):
        return exit, b"hello\\n" + out, err

The first variant of a case is named as the case, later ones with a number: `add/only-json#2`.

    breaking.py --list [FILE...]        one JSON object a line for each variant: case, variant, type, says, conf
    breaking.py --install FOLDER        puts the good plugins into a folder, as executables
    breaking.py --install FOLDER VARIANT   the same, with one of them broken
    breaking.py --install-all FOLDER       a folder FOLDER/VARIANT of that kind for each variant, / in its name as +
"""

import importlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
if HERE not in sys.path:
    sys.path.insert(0, HERE)
# Modules import this one by its name, whether it was executed or imported.
sys.modules.setdefault("breaking", sys.modules[__name__])

import good

VARIANTS = {}


class Variant:
    """One broken plugin: a class in place of the good one, or a function over what the good one answers."""

    def __init__(self, case, type, says, conf, plugin=None, mangle=None):
        self.case, self.type, self.says, self.conf = case, type, says, conf
        self.plugin, self.mangle = plugin, mangle

    def run(self):
        return run_mangled(self) if self.mangle else self.plugin().run()


class Call:
    """What the good plugin was called with, and what it was before that: its arguments, environment, input."""

    def __init__(self, argv, env, stdin):
        self.argv, self.env, self.stdin = argv, env, stdin

    @property
    def command(self):
        return self.env.get("CNI_COMMAND", "")


def register(variant):
    name, number = variant.case, 1
    while name in VARIANTS:
        number += 1
        name = f"{variant.case}#{number}"
    VARIANTS[name] = variant


def breaks(case, type=None, says="", conf=None):
    """Registers a class; its type is that of the good plugin it extends, unless named."""

    def decorate(plugin):
        register(Variant(case, type or plugin.TYPE, says, conf, plugin=plugin))
        return plugin

    return decorate


def wrap(case, type="bridge", says="", conf=None):
    """Registers a function (call, exit, out, err) that returns another (exit, out, err)."""

    def decorate(mangle):
        register(Variant(case, type, says, conf, mangle=mangle))
        return mangle

    return decorate


def run_mangled(variant):
    """Lets a child be the good plugin, and answers with what becomes of its answer."""
    import signal
    import kernel

    stdin, out, err = kernel.memory(), kernel.memory(), kernel.memory()
    # From here until the child is known, an end would be lost.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        be_good(variant.type, stdin, out, err)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    _, status = os.waitpid(child, 0)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    call = Call(sys.argv, dict(os.environ), kernel.drain(stdin))
    exit, out, err = variant.mangle(call, os.waitstatus_to_exitcode(status), kernel.drain(out), kernel.drain(err))
    for fd, text in ((1, out), (2, err)):
        while text:
            text = text[os.write(fd, text) :]
    return exit


def be_good(type, stdin, out, err):
    """In the child: the good plugin, with its output and a copy of its input kept."""
    exit = 1
    try:
        os.dup2(out, 1)
        os.dup2(err, 2)
        plugin = good.plugin_class(type)()
        plugin.copy_of_stdin = stdin
        exit = plugin.run()
        sys.stderr.flush()
    finally:
        os._exit(exit)


def load(modules):
    for module in modules:
        importlib.import_module(module)


def modules():
    return sorted(name[:-3] for name in os.listdir(HERE) if name.startswith("broken_") and name.endswith(".py"))


def mentions(module, case):
    with open(f"{HERE}/{module}.py") as file:
        return f'"{case}"' in file.read()


def find(name):
    """The variant of that name; only modules that mention its case are loaded, as calls have to be fast."""
    case = name.partition("#")[0]
    load(module for module in modules() if mentions(module, case))
    if name not in VARIANTS:
        raise SystemExit(f"no variant {name} in {HERE}")
    return VARIANTS[name]


def main(name, type):
    """The plugin of that type in a folder where the variant is broken: itself or a good one."""
    variant = find(name)
    sys.exit(variant.run() if variant.type == type else good.plugin_class(type)().run())


def list_variants(files):
    import json

    load([os.path.basename(file).removesuffix(".py") for file in files] or modules())
    for name, one in VARIANTS.items():
        line = {"case": one.case, "variant": name, "type": one.type, "says": one.says}
        print(json.dumps({**line, "conf": one.conf} if one.conf is not None else line))


def install(folder, name=None):
    """Writes executables for all types, and compiles the modules once, as executing them does not."""
    import compileall

    compileall.compile_dir(HERE, maxlevels=0, quiet=2)
    os.makedirs(folder, exist_ok=True)
    broken = find(name).type if name else None
    for type in good.WHERE:
        path = f"{folder}/{type}"
        with open(path + ".new", "w") as file:
            file.write(launcher(type, name if type == broken else None))
        os.chmod(path + ".new", 0o755)
        os.rename(path + ".new", path)


def install_all(folder):
    load(modules())
    for name in list(VARIANTS):
        install(f"{folder}/{name.replace('/', '+')}", name)


def launcher(type, name):
    what = f'import breaking; breaking.main("{name}", "{type}")' if name else f'import good; good.main("{type}")'
    # Python itself refuses to begin with a folder as standard input; one that is only written to is as unreadable.
    # The shell adds PWD to the environment, which delegates would be given then.
    return (
        "#!/bin/sh\n"
        "[ -d /proc/self/fd/0 ] && exec 0>/dev/null\n"
        "unset PWD\n"
        f"exec /usr/bin/python3 -ISB -c 'import sys; sys.path.insert(0, \"{HERE}\"); {what}'\n"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--list"]:
        sys.modules["breaking"].list_variants(sys.argv[2:])
    elif sys.argv[1:2] == ["--install-all"] and len(sys.argv) == 3:
        sys.modules["breaking"].install_all(sys.argv[2])
    elif sys.argv[1:2] == ["--install"] and len(sys.argv) in (3, 4):
        sys.modules["breaking"].install(*sys.argv[2:])
    else:
        raise SystemExit(__doc__)
