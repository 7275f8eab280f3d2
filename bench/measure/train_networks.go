package main

import (
	"fmt"
	"strings"
)

// trainNetwork is a detector that both programs train.
type trainNetwork struct {
	name               string // on the command line
	title              string // in the tables
	detector, backbone string
	rate               func(batch int) float64 // the learning rate
}

var trainNetworks = []trainNetwork{
	{"mobilenet_v2", "CenterNet, MobileNet v2", "centernet", "mobilenet_v2", adamRate},
	{"resnet18", "CenterNet, ResNet-18, deformable neck", "centernet", "resnet18", adamRate},
	{"dla34", "CenterNet, DLA-34, deformable aggregation", "centernet", "dla34", adamRate},
	{"fcos", "FCOS, MobileNet v2", "fcos", "mobilenet_v2", sgdRate},
	{"fcos_resnet18", "FCOS, ResNet-18", "fcos", "resnet18", sgdRate},
	{"fcos_resnet50", "FCOS, ResNet-50", "fcos", "resnet50", sgdRate},
}

// usualNetworks are those of a run that names none.
const usualNetworks = "mobilenet_v2 resnet18 dla34 fcos"

func adamRate(int) float64 { return 5e-4 }

// sgdRate is that of FCOS, 0.01 for 16 images.
func sgdRate(batch int) float64 { return 0.01 * float64(batch) / 16 }

// networksOf finds networks by their names, divided by spaces.
func networksOf(names string) ([]trainNetwork, error) {
	known := map[string]trainNetwork{}
	var all []string
	for _, n := range trainNetworks {
		known[n.name] = n
		all = append(all, n.name)
	}
	var list []trainNetwork
	for _, name := range strings.Fields(names) {
		n, ok := known[name]
		if !ok {
			return nil, fmt.Errorf("unknown network %q: want some of %s", name, strings.Join(all, ", "))
		}
		list = append(list, n)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no networks: want some of %s", strings.Join(all, ", "))
	}
	return list, nil
}
