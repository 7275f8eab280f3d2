// Package grouping divides the classes of a weights file into groups from head to
// tail: by the share that the rarest hold, by thresholds, or by the most frequent.
// docs/long-tails.md says what each rule does, and docs/weights-file.md how a file
// holds what comes out.
package grouping

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"cocostat/lt"
)

// Methods of rules, as the metadata of a weights file names them.
const (
	TailRatio       = "tail-ratio"
	InstanceRatio   = "instance-tail-ratio"
	LVIS            = "lvis"
	SimCal          = "simcal"
	Thresholds      = "thresholds"
	ImageThresholds = "image-thresholds"
	Top             = "top"
)

// Rule says how classes are divided.
type Rule struct {
	Method string
	Name   string  // of the grouping
	Ratio  float64 // of TailRatio and InstanceRatio, in [0, 1]
	Bins   lt.Bins // of Thresholds, ImageThresholds and SimCal
	Top    int     // of Top, at least 0: classes in the head
}

// NewRule returns the rule of a method with a value: a ratio, thresholds with commas
// between them, or a number of classes; none for LVIS and SimCal. Without a name it is
// called by its method and value, such as tail-ratio-0.0867. The error is about the
// value alone.
func NewRule(method, name, value string) (Rule, error) {
	r := Rule{Method: method, Name: name}
	if name == "" {
		r.Name = usualName(method, value)
	}
	var err error
	switch method {
	case TailRatio, InstanceRatio:
		if r.Ratio, err = strconv.ParseFloat(value, 64); err != nil || !(r.Ratio >= 0 && r.Ratio <= 1) {
			err = errors.New("not a number in [0, 1]")
		}
	case Top:
		if r.Top, err = strconv.Atoi(value); err != nil || r.Top < 0 {
			err = errors.New("not a number of classes")
		}
	case Thresholds, ImageThresholds:
		r.Bins, err = parseBins(value)
	case SimCal:
		r.Bins, err = lt.NewBins(lt.SimCalBins)
	case LVIS:
	default:
		err = fmt.Errorf("there is no rule %q", method)
	}
	return r, err
}

func usualName(method, value string) string {
	if value == "" {
		return method
	}
	return method + "-" + strings.ReplaceAll(value, ",", "-")
}

func parseBins(list string) (lt.Bins, error) {
	var thresholds []int64
	for _, text := range strings.Split(list, ",") {
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil {
			return lt.Bins{}, fmt.Errorf("%q is no whole number", text)
		}
		thresholds = append(thresholds, n)
	}
	return lt.NewBins(thresholds)
}
