package dev.pontoon.testing;

/** A network namespace kept alive by a bind mount on a file. */
public final class MountedContainer extends Container {

    MountedContainer(Host host, String name, String netns) {
        super(host, name, netns);
    }

    /**
     * Lets the namespace go but leaves its path as a plain file, as a stopped Docker container
     * does.
     */
    public void unmount() {
        host().ok("umount", netns());
    }

    @Override
    public void remove() {
        // What `ip netns del` does, for any folder.
        host().command("sh", "-c", "umount -l \"$1\" 2>/dev/null; rm -f \"$1\"", "sh", netns())
                .ok();
    }
}
