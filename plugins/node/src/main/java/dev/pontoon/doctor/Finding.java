package dev.pontoon.doctor;

/**
 * One thing that is wrong.
 *
 * @param severity how bad it is
 * @param object what it is about: a file, a setting, a link, an address, an attachment
 * @param fault what is wrong with it
 * @param consequence what containers, or those who run them, feel of it
 * @param mend how it is mended
 */
record Finding(Severity severity, String object, String fault, String consequence, Mend mend) {}
