package dev.counterweight.config;

import java.nio.file.Path;

/**
 * Where checkpoints go, and when.
 *
 * @param everySteps steps between checkpoints
 * @param intervalMs longest time between checkpoints while steps are made
 * @param keep checkpoints kept on disk, at least 1
 * @param inlineMaxBytes most bytes of files carried in an announcement; 0 for none
 */
public record CheckpointConfig(
    Path dir, long everySteps, long intervalMs, int keep, long inlineMaxBytes) {}
