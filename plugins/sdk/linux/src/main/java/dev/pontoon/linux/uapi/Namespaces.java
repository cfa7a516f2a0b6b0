package dev.pontoon.linux.uapi;

/**
 * Constants of {@code linux/sched.h}, {@code linux/magic.h} and {@code linux/nsfs.h} about
 * namespaces.
 */
public final class Namespaces {
    public static final int CLONE_NEWNET = 0x40000000;

    public static final int NSFS_MAGIC = 0x6e736673;
    public static final int PROC_SUPER_MAGIC = 0x9fa0;

    public static final int NS_GET_NSTYPE = 0xb703;

    private Namespaces() {}
}
