package recipes

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Flags whose values count epochs or steps and belong to a training's length.
const (
	flagEpochs   = "epochs"
	flagDeferred = "deferred-epochs"
	flagDrops    = "lr-drops"
	flagWarmup   = "warmup"
)

// Scale fits the settings to a training of the given number of epochs, each of
// so many steps. If the recipe's are more, deferred epochs, drops of the
// learning rate and warm-up become fewer in proportion, but not 0; in any case
// the warm-up takes at most a tenth of all steps, as it does by default.
func (s Settings) Scale(epochs, steps int) (Settings, error) {
	text, has := s.Get(flagEpochs)
	if !has {
		return s.With(flagEpochs, strconv.Itoa(epochs)), nil
	}
	own, err := strconv.Atoi(text)
	if err != nil || own < 1 || epochs < 1 {
		return nil, fmt.Errorf("recipes: from %s to %d epochs: want at least 1", text, epochs)
	}
	part := math.Min(1, float64(epochs)/float64(own))
	scaled := s.With(flagEpochs, strconv.Itoa(epochs))
	for _, scale := range []struct {
		flag string
		to   func(n int) int
	}{
		{flagDeferred, func(n int) int { return shrink(n, part) }},
		{flagWarmup, func(n int) int { return min(shrink(n, part), max(1, epochs*steps/10)) }},
	} {
		text, has := s.Get(scale.flag)
		n, err := strconv.Atoi(text)
		switch {
		case !has || err == nil && n < 0:
		case err != nil:
			return nil, fmt.Errorf("recipes: %s: %w", scale.flag, err)
		default:
			scaled = scaled.With(scale.flag, strconv.Itoa(scale.to(n)))
		}
	}
	return scaled.scaleDrops(epochs, part)
}

// shrink is n·part, at least 1 if n is.
func shrink(n int, part float64) int {
	if n < 1 {
		return n
	}
	return max(1, int(math.Round(float64(n)*part)))
}

// scaleDrops moves the epochs of the learning rate's drops and leaves out those
// that would fall together or on the end.
func (s Settings) scaleDrops(epochs int, part float64) (Settings, error) {
	text, has := s.Get(flagDrops)
	if !has || text == "" {
		return s, nil
	}
	var drops []string
	last := 0
	for _, t := range strings.Split(text, ",") {
		n, err := strconv.Atoi(t)
		if err != nil {
			return nil, fmt.Errorf("recipes: %s: %w", flagDrops, err)
		}
		if n = shrink(n, part); n > last && n < epochs {
			drops, last = append(drops, strconv.Itoa(n)), n
		}
	}
	if len(drops) == 0 { // by steps, then, in the same proportion
		return ownSettings{{Setting{Flag: flagDrops}, true}}.over(s), nil
	}
	return s.With(flagDrops, strings.Join(drops, ",")), nil
}
