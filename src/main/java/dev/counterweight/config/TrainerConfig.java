package dev.counterweight.config;

/**
 * The trainer's settings.
 *
 * @param batchSize rows a step
 * @param device auto, cpu or gpu
 * @param maxBadSteps steps in a row without a finite loss or gradient that stop the trainer
 */
public record TrainerConfig(
    ModelConfig model,
    LossConfig loss,
    OptimizerConfig optimizer,
    int batchSize,
    ServingConfig serving,
    String device,
    int maxBadSteps,
    CheckpointConfig checkpoints) {}
