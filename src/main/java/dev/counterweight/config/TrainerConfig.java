package dev.counterweight.config;

import dev.counterweight.loss.LossConfig;
import dev.counterweight.serving.ServingConfig;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The trainer's settings.
 *
 * @param batchSize rows a step
 * @param device auto, cpu or gpu
 * @param initial what a new job begins with: a checkpoint or a safetensors file; null for random
 *     parameters
 */
public record TrainerConfig(
    ModelConfig model,
    LossConfig loss,
    OptimizerConfig optimizer,
    int batchSize,
    ServingConfig serving,
    String device,
    @Nullable Path initial,
    CheckpointConfig checkpoints) {}
