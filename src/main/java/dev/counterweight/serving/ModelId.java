package dev.counterweight.serving;

/**
 * Names a model that serves.
 *
 * @param step updates made
 * @param checkpoint name of its folder
 * @param sha256 of the checkpoint's {@code checkpoint.json}
 */
public record ModelId(long step, String checkpoint, String sha256) {}
