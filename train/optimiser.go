package train

import (
	"fmt"
	"strings"

	"cocostat/train/detector"
	"cocostat/train/torchx"
)

// Optimisers.
const (
	Adam = "adam" // Kingma and Ba, 2015
	SGD  = "sgd"  // stochastic gradient descent with momentum
)

// Optimiser says how parameters follow their gradients.
type Optimiser struct {
	Name     string  `json:"name,omitempty"`     // Adam, also if empty, or SGD
	Momentum float64 `json:"momentum,omitempty"` // of SGD, in [0, 1)
	// BiasRate is SGD's factor of the learning rate of biases, those of
	// normalisations among them; if it is not 0, they have no weight decay. FCOS
	// has 2 (BIAS_LR_FACTOR and WEIGHT_DECAY_BIAS in fcos_core/config/defaults.py,
	// make_optimizer in fcos_core/solver/build.py).
	BiasRate float64 `json:"bias_rate,omitempty"`
}

func (o Optimiser) sgd() bool { return o.Name == SGD }

// moments is how many numbers the optimiser keeps for each parameter.
func (o Optimiser) moments() float64 {
	if o.sgd() {
		return 1
	}
	return 2
}

// validate reports values that the optimiser does not have.
func (o Optimiser) validate() error {
	switch {
	case o.Name != "" && o.Name != Adam && o.Name != SGD:
		return fmt.Errorf("train: unknown optimiser %q: use %s or %s", o.Name, Adam, SGD)
	case !o.sgd() && (o.Momentum != 0 || o.BiasRate != 0):
		return fmt.Errorf("train: momentum and a rate of biases belong to the optimiser %s", SGD)
	case !(o.Momentum >= 0 && o.Momentum < 1):
		return fmt.Errorf("train: momentum %g is outside [0, 1)", o.Momentum)
	case !(o.BiasRate >= 0 && o.BiasRate <= 100):
		return fmt.Errorf("train: a rate of biases of %g times the learning rate is outside [0, 100]", o.BiasRate)
	}
	return nil
}

// newOptimiser returns the optimiser of what is trained of a network.
func (c Config) newOptimiser(net detector.Detector) (torchx.Optimiser, error) {
	o := c.Optimiser
	if !o.sgd() {
		settings := torchx.DefaultAdam
		settings.WeightDecay = c.WeightDecay
		return torchx.NewAdam(net.Parameters(), settings)
	}
	var parameters []torchx.SGDParameter
	for _, e := range net.Entries() {
		if !e.Trained() {
			continue
		}
		p := torchx.SGDParameter{Tensor: e.Tensor, Rate: 1, WeightDecay: c.WeightDecay}
		if o.BiasRate != 0 && strings.HasSuffix(e.Name, ".bias") {
			p.Rate, p.WeightDecay = o.BiasRate, 0
		}
		parameters = append(parameters, p)
	}
	return torchx.NewSGD(parameters, o.Momentum)
}
