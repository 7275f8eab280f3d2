package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// evalReport is what the benchmark of eval found.
type evalReport struct {
	began    time.Time
	machine  machine
	revision string
	input    *evalInput
	stats    *twelve
	programs []*program
	arrays   []equality
	growth   []evalCell
	floor    int64 // peak of the process that starts the programs, bytes
}

// markdown returns the report.
func (r *evalReport) markdown() string {
	var b strings.Builder
	in := r.input
	made := "given"
	if in.made {
		made = "made"
	}
	table(&b, [][2]string{
		{"date", r.began.Format("2 January 2006")},
		{"machine", r.machine.String()},
		{"cocostat", r.revision},
		{"annotations", fmt.Sprintf("%s: %s images, %s boxes, %d classes", filepath.Base(in.truth),
			thousands(int64(in.images)), thousands(int64(in.boxes)), in.classes)},
		{"detections", fmt.Sprintf("%s: %s, %.1f MB with the annotations", made, thousands(int64(in.detections)), megabytes(in.size))},
		{"AP, AP50, AP75", fmt.Sprintf("%.4f, %.4f, %.4f", r.stats[0], r.stats[1], r.stats[2])},
	})
	b.WriteString("\n#### Time and memory\n\n")
	timeTable(&b, r.programs, [3]string{"cocostat", "pycocotools", "12 numbers"})
	b.WriteString("\n#### Arrays\n\n")
	r.arrayTable(&b)
	if len(r.growth) > 0 {
		b.WriteString("\n#### Growth\n\n")
		r.growthTable(&b)
	}
	fmt.Fprintf(&b, "\nA program that needs less than %.0f MB reads as that much: so large is the process that starts it.\n", megabytes(r.floor))
	return b.String()
}

// arrayTable writes how the arrays compare with those of the first library.
func (r *evalReport) arrayTable(b *strings.Builder) {
	fmt.Fprintf(b, "| against %s | %s |\n|---|%s\n", libraries[0], strings.Join(arrayNames, " | "), strings.Repeat("---|", len(arrayNames)))
	for _, e := range r.arrays {
		fmt.Fprintf(b, "| %s |", e.name)
		for i, name := range arrayNames {
			text := ""
			if d, ok := e.arrays[name]; ok {
				text = d.String()
			} else if e.err != nil && i == 0 {
				text = "not compared: " + cell(e.err)
			}
			fmt.Fprintf(b, " %s |", text)
		}
		b.WriteString("\n")
	}
}

// growthTable writes a row for each size of input.
func (r *evalReport) growthTable(b *strings.Builder) {
	b.WriteString("| classes | detections | **cocostat eval** s | µs a detection | peak MB |")
	rule := "|--:|--:|--:|--:|--:|"
	for _, library := range growthPeers {
		fmt.Fprintf(b, " %s s | peak MB |", library)
		rule += "--:|--:|"
	}
	b.WriteString("\n" + rule + "\n")
	for _, c := range r.growth {
		fmt.Fprintf(b, "| %s | %s |", thousands(int64(c.input.classes)), thousands(int64(c.input.detections)))
		for i, p := range c.programs {
			if p.failure() != nil {
				fmt.Fprintf(b, " %s |", p.failed())
				b.WriteString(strings.Repeat(" |", 1+max(0, 1-i)))
				continue
			}
			m := median(p.runs)
			fmt.Fprintf(b, " %s |", seconds(m.wall))
			if i == 0 {
				fmt.Fprintf(b, " %.2f |", float64(m.wall.Microseconds())/float64(max(1, c.input.detections)))
			}
			fmt.Fprintf(b, " %.0f |", megabytes(m.peak))
		}
		b.WriteString("\n")
	}
}
