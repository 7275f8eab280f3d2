// Package runlog is the form of metrics.jsonl, which trainings write and others
// read.
package runlog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// Losses are a loss and its parts, before their factors in the sum. In JSON they
// are loss and loss_NAME of every part.
type Losses struct {
	Total float64
	Parts []Part
}

// Part is a term of the loss, by its detector's name for it.
type Part struct {
	Name  string
	Value float64
}

// Part returns the value of a part, 0 if there is none of this name.
func (l Losses) Part(name string) float64 {
	for _, p := range l.Parts {
		if p.Name == name {
			return p.Value
		}
	}
	return 0
}

// Finite reports whether the loss is a number.
func (l Losses) Finite() bool { return !math.IsNaN(l.Total) && !math.IsInf(l.Total, 0) }

func (l Losses) String() string {
	var parts []string
	for _, p := range l.Parts {
		parts = append(parts, fmt.Sprintf("%s %.3f", p.Name, p.Value))
	}
	return fmt.Sprintf("loss %.3f (%s)", l.Total, strings.Join(parts, ", "))
}

// Plus returns the sums of l and m, which has the same parts, or none yet.
func (l Losses) Plus(m Losses) Losses {
	sum := Losses{Total: l.Total + m.Total}
	for _, p := range m.Parts {
		sum.Parts = append(sum.Parts, Part{p.Name, l.Part(p.Name) + p.Value})
	}
	return sum
}

// Over returns the losses divided by n.
func (l Losses) Over(n float64) Losses {
	mean := Losses{Total: l.Total / n}
	for _, p := range l.Parts {
		mean.Parts = append(mean.Parts, Part{p.Name, p.Value / n})
	}
	return mean
}

// Next returns the means of n losses, l being the n-th and mean those of the
// others.
func (mean Losses) Next(l Losses, n int) Losses {
	update := func(m, x float64) float64 { return m + (x-m)/float64(n) }
	next := Losses{Total: update(mean.Total, l.Total)}
	for _, p := range l.Parts {
		next.Parts = append(next.Parts, Part{p.Name, update(mean.Part(p.Name), p.Value)})
	}
	return next
}

const (
	lossKey    = "loss"
	partPrefix = "loss_"
)

// AppendJSON appends the losses to the members of an object, with a comma before
// each.
func (l Losses) AppendJSON(text []byte) ([]byte, error) {
	for _, p := range append([]Part{{"", l.Total}}, l.Parts...) {
		key := lossKey
		if p.Name != "" {
			key = partPrefix + p.Name
		}
		value, err := json.Marshal(p.Value)
		if err != nil {
			return nil, err
		}
		text = fmt.Appendf(text, ",%q:%s", key, value)
	}
	return text, nil
}

// ReadJSON takes the losses of an object's members, in their order.
func (l *Losses) ReadJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return err
	}
	*l = Losses{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		part, isPart := strings.CutPrefix(name, partPrefix)
		if name != lossKey && !isPart {
			var skipped json.RawMessage
			if err := d.Decode(&skipped); err != nil {
				return err
			}
			continue
		}
		var value float64
		if err := d.Decode(&value); err != nil {
			return err
		}
		if isPart {
			l.Parts = append(l.Parts, Part{part, value})
		} else {
			l.Total = value
		}
	}
	_, err := d.Token() // the end
	return err
}
