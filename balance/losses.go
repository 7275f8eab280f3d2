package balance

import (
	"fmt"
	"slices"
	"strings"

	"cocostat/weights"
)

// The bases of a Loss.
const (
	Focal        = "focal" // penalty-reduced focal loss, γ = 2
	CrossEntropy = "ce"    // sigmoid cross entropy: the same with γ = 0 (section 5.5)
	CBL          = "cbl"   // class-balanced focal loss, eqs. (1) and (2) (section 5.7)
	EQL          = "eql"   // equalization loss (section 5.7)
)

// Loss names a heatmap loss of the paper: a base and the parts that are added
// to it. Its text joins them by +, as rows of tables 1 and 10 do:
//
//	focal   the baseline        wf  class weights α, eqs. (5) and (6)
//	ce      cross entropy       bb  batch-wise balancing η̂^n, eq. (8)
//	                            ls  linear scheduling, eq. (7)
//	                            bofl  all three
//	cbl     class-balanced      linear      linear scheduling, eq. (7)
//	                            approx      α of eq. (5) instead of (2)
//	                            class-wise  eq. (6) instead of (1)
//	eql     equalization        none
//
// "bofl" alone is focal+bofl. The zero value is not valid.
type Loss struct {
	Base       string
	WF, BB, LS bool
	Approx     bool // of CBL
	ClassWise  bool // of CBL
}

// BOFL is the paper's own loss, focal+wf+bb+ls.
var BOFL = Loss{Base: Focal, WF: true, BB: true, LS: true}

// LossExamples are texts of losses for help and completion: the rows of tables
// 1, 8 and 10.
var LossExamples = []string{
	"focal", "focal+wf", "focal+wf+ls", "focal+bb", "focal+bb+ls", "bofl",
	"cbl", "cbl+linear", "cbl+linear+approx", "cbl+linear+approx+class-wise", "eql", "ce", "ce+bofl",
}

// ParseLoss reads the text of a loss. Parts may come in any order.
func ParseLoss(text string) (Loss, error) {
	if text == "bofl" {
		return BOFL, nil
	}
	base, rest, more := strings.Cut(text, "+")
	l := Loss{Base: base, WF: base == CBL}
	parts, err := l.parts()
	if err != nil {
		return Loss{}, err
	}
	if rest == "bofl" && (base == Focal || base == CrossEntropy) {
		rest = "wf+bb+ls"
	}
	for more {
		var name string
		name, rest, more = strings.Cut(rest, "+")
		i := slices.IndexFunc(parts, func(p part) bool { return p.name == name })
		if i < 0 {
			return Loss{}, fmt.Errorf("loss %q: %s has %s, not %q", text, base, partNames(parts), name)
		}
		if *parts[i].on {
			return Loss{}, fmt.Errorf("loss %q: %s stands there twice", text, name)
		}
		*parts[i].on = true
	}
	return l, l.Validate()
}

// part is a switch of a loss.
type part struct {
	name string
	on   *bool
}

// parts lists the switches that a base has, in the order of the tables.
func (l *Loss) parts() ([]part, error) {
	switch l.Base {
	case Focal, CrossEntropy:
		return []part{{"wf", &l.WF}, {"bb", &l.BB}, {"ls", &l.LS}}, nil
	case CBL:
		return []part{{"linear", &l.LS}, {"approx", &l.Approx}, {"class-wise", &l.ClassWise}}, nil
	case EQL:
		return nil, nil
	}
	return nil, fmt.Errorf("unknown loss %q: use one of %s", l.Base, strings.Join(LossExamples, ", "))
}

func partNames(parts []part) string {
	if len(parts) == 0 {
		return "no parts"
	}
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	return "the parts " + strings.Join(names, ", ")
}

// Validate reports combinations that mean nothing.
func (l Loss) Validate() error {
	_, err := l.parts()
	switch {
	case err != nil:
		return err
	case l.LS && !l.WF && !l.BB:
		return fmt.Errorf("loss %s+ls: linear scheduling has nothing to schedule without wf or bb", l.Base)
	case l.Base == CBL && (!l.WF || l.BB), l.Base == EQL && (l.WF || l.BB || l.LS), l.Base != CBL && (l.Approx || l.ClassWise):
		return fmt.Errorf("loss %s with parts of another loss", l.Base)
	}
	return nil
}

// String is the text that ParseLoss reads, the shortest one.
func (l Loss) String() string {
	switch {
	case l == BOFL:
		return "bofl"
	case l == Loss{Base: CrossEntropy, WF: true, BB: true, LS: true}:
		return "ce+bofl"
	}
	text := l.Base
	parts, _ := l.parts() // of an unknown base, none
	for _, p := range parts {
		if *p.on {
			text += "+" + p.name
		}
	}
	return text
}

// MarshalText writes the loss as String does.
func (l Loss) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads the loss as ParseLoss does.
func (l *Loss) UnmarshalText(text []byte) (err error) {
	*l, err = ParseLoss(string(text))
	return err
}

// Gamma is the focal exponent of the base.
func (l Loss) Gamma() float64 {
	if l.Base == CrossEntropy {
		return 0
	}
	return Gamma
}

// AlphaMethod is the scheme of class weights that the loss is defined with, or
// "" if it takes those that it is given.
func (l Loss) AlphaMethod() string {
	switch {
	case l.Base == CBL && l.Approx:
		return weights.Inverse
	case l.Base == CBL:
		return weights.Effective
	}
	return ""
}
