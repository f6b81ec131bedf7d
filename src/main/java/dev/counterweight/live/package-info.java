/** The live page: what a job does right now, looked up in its topics and shown in a browser. */
@NullMarked
package dev.counterweight.live;

import org.jspecify.annotations.NullMarked;
