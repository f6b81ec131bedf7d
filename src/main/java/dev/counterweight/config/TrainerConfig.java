package dev.counterweight.config;

/**
 * The trainer's settings.
 *
 * @param batchSize rows a step
 * @param device auto, cpu or gpu
 */
public record TrainerConfig(
    ModelConfig model,
    LossConfig loss,
    OptimizerConfig optimizer,
    int batchSize,
    ServingConfig serving,
    String device,
    CheckpointConfig checkpoints) {}
