/** The mini-batch that travels from sampler to trainer, and its safetensors form; pure. */
@NullMarked
package dev.counterweight.batch;

import org.jspecify.annotations.NullMarked;
