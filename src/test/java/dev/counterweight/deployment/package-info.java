/** Checks what the project is deployed with: images, compose file and Kubernetes manifests. */
@NullMarked
package dev.counterweight.deployment;

import org.jspecify.annotations.NullMarked;
