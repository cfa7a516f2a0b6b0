package dev.pontoon.linux;

/**
 * A filter that sends what a link takes in to another link, there to be queued for sending.
 *
 * @param target the index of that link; 0 if it is gone, and the filter drops everything
 * @param everything whether each packet is sent there, whatever it is
 */
public record Redirection(int target, boolean everything) {}
