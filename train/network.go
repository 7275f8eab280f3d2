package train

import (
	"fmt"

	"cocostat/train/detector"
)

// Network builds the network of a checkpoint on the CPU, as it detects: with the moving
// average of the weights, if there is one, and running statistics.
func (c *Checkpoint) Network() (detector.Detector, error) {
	if err := c.checkClasses(); err != nil {
		return nil, err
	}
	net, err := placed(c.Config.Model, c.Config.Seed, "cpu")
	if err != nil {
		return nil, fmt.Errorf("train: %s: %w", c.path, err)
	}
	if err := c.restore(net); err != nil {
		return nil, err
	}
	net.SetTraining(false)
	return net, nil
}

// checkClasses compares the names with the network.
func (c *Checkpoint) checkClasses() error {
	if len(c.Classes) != c.Config.Model.Classes {
		return fmt.Errorf("train: %s: it names %d classes for a network of %d: the checkpoint is damaged", c.path, len(c.Classes), c.Config.Model.Classes)
	}
	return nil
}
