package dev.pontoon.operator;

/**
 * Something that somebody should do something about.
 *
 * @param text what it is, in one line
 * @param next what to do: a command, or words
 */
record Problem(String text, String next) {}
