package dev.counterweight.live;

import org.jspecify.annotations.Nullable;

/**
 * How far a role has come in the events topic.
 *
 * @param events it is behind the topic's end
 * @param seconds the same in time; null if more than this process has seen
 */
record Place(long events, @Nullable Double seconds) {}
