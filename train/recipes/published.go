package recipes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Metrics are the names of what is published and measured, in the order of the
// tables: COCO's box AP, and its means over the tail and the head classes.
var Metrics = []string{"AP", "AP50", "AP75", "APs", "APm", "APl", "AP tail", "AP head"}

// Published are the published values of a row by metric, in percent.
type Published map[string]float64

// UnmarshalYAML reads a mapping and refuses unknown metrics and values outside
// [0, 100].
func (p *Published) UnmarshalYAML(node *yaml.Node) error {
	var values map[string]float64
	if err := node.Decode(&values); err != nil {
		return err
	}
	for name, v := range values {
		if !slices.Contains(Metrics, name) {
			return fmt.Errorf("line %d: unknown metric %q: use %s", node.Line, name, strings.Join(Metrics, ", "))
		}
		if !(v >= 0 && v <= 100) {
			return fmt.Errorf("line %d: %s %g is no percentage", node.Line, name, v)
		}
	}
	*p = values
	return nil
}

// MarshalYAML writes the values in the order of Metrics, on one line.
func (p Published) MarshalYAML() (any, error) {
	node := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	for _, s := range p.ordered() {
		node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: s.Flag}, &yaml.Node{Kind: yaml.ScalarNode, Value: s.Value})
	}
	return node, nil
}

func (p Published) ordered() (pairs Settings) {
	for _, name := range Metrics {
		if v, has := p[name]; has {
			pairs = append(pairs, Setting{name, strconv.FormatFloat(v, 'g', -1, 64)})
		}
	}
	return pairs
}

// orderedObject writes pairs as a JSON object of texts, in their order.
func orderedObject(pairs Settings) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, s := range pairs {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(s.Flag)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(s.Value)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
