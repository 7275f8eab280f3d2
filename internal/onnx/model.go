package onnx

import (
	"io"

	"google.golang.org/protobuf/encoding/protowire"
)

// Model is a graph with what readers need to know of it.
type Model struct {
	Graph
	Name            string
	Producer        string
	ProducerVersion string
	Opset           int64       // version of the operators
	Metadata        [][2]string // keys and their values
}

// versions of the format (IR_VERSION) by those of the operators that came with them.
var versions = []struct{ opset, ir int64 }{{21, 10}, {19, 9}, {15, 8}}

// Write writes a ModelProto.
func (m *Model) Write(w io.Writer) error {
	var graph []byte
	for _, list := range []struct {
		field    protowire.Number
		messages [][]byte
	}{{1, m.nodes}, {5, m.weights}, {11, m.inputs}, {12, m.outputs}} {
		for _, b := range list.messages {
			graph = message(graph, list.field, b)
		}
	}
	graph = text(graph, 2, m.Name)

	var out []byte
	for _, v := range versions {
		if m.Opset >= v.opset {
			out = integer(out, 1, v.ir)
			break
		}
	}
	out = text(out, 2, m.Producer)
	out = text(out, 3, m.ProducerVersion)
	out = message(out, 8, integer(text(nil, 1, ""), 2, m.Opset))
	for _, kv := range m.Metadata {
		out = message(out, 14, text(text(nil, 1, kv[0]), 2, kv[1]))
	}
	out = message(out, 7, graph)
	_, err := w.Write(out)
	return err
}
