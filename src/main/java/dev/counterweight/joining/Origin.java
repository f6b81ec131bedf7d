package dev.counterweight.joining;

/** Where an event stands in its topic. */
public record Origin(int partition, long offset) {}
