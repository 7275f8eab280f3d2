package annotations

// mergeBoxes makes Sizes, Boxes, AllBoxes and BoxGrid.
func (m *merger) mergeBoxes(noCrowd bool) {
	m.Sizes, m.Boxes = make([]SizeCounts, len(m.Categories)), make([]BoxSummary, len(m.Categories))
	var total boxStats // of what only now is known to count
	total.grow(len(m.Categories))
	for i, t := range m.tallies {
		m.mergeTally(t, m.rows[i].class, noCrowd)
		for p := range t.pending.all() {
			m.mergePending(&total, t, p, m.rows[i], noCrowd)
		}
	}
	total.enterAll()
	for _, s := range total.grid.slots {
		m.BoxGrid.cell(s.image, s.objects)
	}
	for i := range m.Boxes {
		m.mergeClass(int32(i), &total.classes[i])
		m.AllBoxes.Merge(&m.Boxes[i])
	}
}

// cell adds n boxes to the cell with the given key in boxStats.grid.
func (g *BoxGrid) cell(key, n int32) { g[key/GridSize][key%GridSize] += int64(n) }

// mergeTally adds what a file measured. class maps its rows to class indices,
// -1 for a category that is listed nowhere.
func (m *merger) mergeTally(t *tally, class []int32, noCrowd bool) {
	t.boxes.enterAll()
	for row, to := range class {
		if to < 0 {
			continue
		}
		m.mergeClass(to, &t.boxes.classes[row])
		if crowds := t.boxes.crowds[int32(row)]; crowds != nil && !noCrowd {
			m.mergeClass(to, crowds)
		}
	}
	for _, s := range t.boxes.grid.slots {
		if s.objects == 0 || class[s.class] < 0 {
			continue
		}
		if noCrowd {
			s.objects -= s.crowd
		}
		m.BoxGrid.cell(s.image, s.objects)
	}
}

func (m *merger) mergeClass(class int32, s *classStats) {
	m.Sizes[class].merge(s.sizes)
	if s.boxes != nil {
		m.Boxes[class].Merge(s.boxes)
	}
}

// mergePending adds an annotation of t whose image only another file lists, if
// any does.
func (m *merger) mergePending(total *boxStats, t *tally, p measure, rows rowMap, noCrowd bool) {
	image := rows.image[p.image]
	if image < 0 {
		return
	}
	if im := &m.ImageRows[image]; p.leaves(frame{im.Width, im.Height}) {
		m.problems.add(OutsideImage, 1, Example{File: t.file, ID: p.id, Offset: p.offset})
	}
	row := p.class
	if row < 0 {
		if noCrowd {
			return
		}
		row = ^row
	}
	if p.class = rows.class[row]; p.class >= 0 {
		total.add(&p)
	}
}
