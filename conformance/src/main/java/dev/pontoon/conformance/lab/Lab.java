package dev.pontoon.conformance.lab;

/** Where one case happens, and the verbs its body is written with. */
public final class Lab {}
