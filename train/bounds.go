package train

import (
	"fmt"
	"slices"
	"strings"

	"cocostat/internal/processors"
	"cocostat/internal/resident"
	"cocostat/train/backbone"
	"cocostat/train/data"
)

// Bounds of numbers, far beyond what a training needs and far below what
// overflows.
const (
	mostEpochs  = 1_000_000
	mostBatch   = 1 << 16
	mostSide    = 1 << 14
	mostWarmup  = 1 << 40
	mostThreads = 1024
	mostCache   = 1 << 44 // bytes
)

// checkBounds reports numbers that are too large, or negative where 0 stands for
// a default.
func checkBounds(c Config) error {
	for _, b := range []struct {
		what        string
		value, most int64
	}{
		{"epochs", int64(c.Epochs), mostEpochs},
		{"images in a batch", int64(c.Batch), mostBatch},
		{"batches in a step", int64(c.Accumulate), mostBatch},
		{"pixels as the side of the input", int64(c.Size), mostSide},
		{"threads", int64(c.Threads), mostThreads},
		{"workers", int64(c.Workers), mostThreads},
		{"bytes of cache", c.Cache, mostCache},
	} {
		if b.value < 0 || b.value > b.most {
			return fmt.Errorf("train: %d %s: must be from 0 to %d", b.value, b.what, b.most)
		}
	}
	if c.Warmup > mostWarmup {
		return fmt.Errorf("train: %d warm-up steps: must be at most %d", c.Warmup, int64(mostWarmup))
	}
	return nil
}

// CrowdNote says that there are more threads or workers than processors, which
// gains nothing; "" if there are not. It is for settings within their bounds.
func CrowdNote(threads, workers int) string {
	n := processors.Count()
	var many []string
	if threads > n {
		many = append(many, fmt.Sprintf("--threads %d", threads))
	}
	if workers > n {
		many = append(many, fmt.Sprintf("--workers %d", workers))
	}
	if len(many) == 0 {
		return ""
	}
	return fmt.Sprintf("%s: there are %d processors; more than one for each takes memory and makes nothing faster", strings.Join(many, " and "), n)
}

const bytesPerNumber = 4

// trainingBytes is the least memory that a step takes: the parameters, their
// gradients and what the optimiser keeps; the outputs of convolutions and
// normalisations that are kept for the way back; and the images.
func (c Config) trainingBytes() float64 {
	cost := c.Model.Cost(c.pixels())
	return bytesPerNumber * ((2+c.Optimiser.moments())*cost.Parameters + float64(c.Batch)*(cost.Kept+3*c.pixels()))
}

// detectionBytes is the least memory that the network takes without a way back:
// the parameters, the images, and the largest output.
func (c Config) detectionBytes(images int, pixels float64) float64 {
	cost := c.Model.Cost(pixels)
	return bytesPerNumber * (cost.Parameters + float64(images)*(cost.Largest+3*pixels))
}

// checkDetection refuses a batch of inputs on which the network cannot run in the
// memory that there is, as one of an image at its own size can be.
func (c Config) checkDetection(images int, size data.Size) error {
	flag := "--batch"
	if c.TestSize == TestKeep {
		flag = "--test-size fixed"
	}
	need := c.detectionBytes(images, float64(size.Width)*float64(size.Height))
	return c.checkMemory(need, fmt.Sprintf("the network with %d images of %d×%d pixels at a time", images, size.Width, size.Height), flag)
}

// pixels are those of one input; of images that are scaled by their sides, what
// a square one has.
func (c Config) pixels() float64 {
	side := float64(c.Size)
	if c.Sides.set() {
		side = float64(slices.Min(c.Sides.Short))
	}
	return side * side
}

// lighter names the flags that make a step take less.
func (c Config) lighter() string {
	flags := []string{"--batch", "--size"}
	if c.Sides.set() {
		flags[1] = "--short-side"
	}
	if backbone.HasWidths(c.Model.Backbone) {
		flags = append(flags, "--width")
	}
	flags = append(flags, c.habits().lighter...)
	last := len(flags) - 1
	return strings.Join(flags[:last], ", ") + " or " + flags[last]
}

// checkMemory refuses what cannot fit into the memory that there is: what it is
// for, and the flags that make it less, stand in the error. Other devices than
// the CPU tell by themselves.
func (c Config) checkMemory(need float64, what, flags string) error {
	limit := resident.Limit()
	if c.Device != "cpu" || limit.Bytes == 0 || need <= float64(limit.Bytes) {
		return nil
	}
	return fmt.Errorf("train: %s takes at least %.1f GB of memory, and %s %.1f GB: choose less with %s", what, need/1e9, limit.What, float64(limit.Bytes)/1e9, flags)
}
