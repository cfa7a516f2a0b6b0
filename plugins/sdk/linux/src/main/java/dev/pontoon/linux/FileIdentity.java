package dev.pontoon.linux;

/**
 * What makes a file the same file under any name, as long as it exists: the numbers may be used
 * again afterwards.
 *
 * @param device the device number, as {@code stat -c %d} prints it
 * @param inode the inode, as {@code stat -c %i} prints it
 */
record FileIdentity(long device, long inode) {}
