package annotations

// mergeBoxes makes Sizes, Boxes, AllBoxes and BoxGrid.
func (m *merger) mergeBoxes(noCrowd bool) {
	var total boxStats
	total.grow(len(m.Categories))
	for i, t := range m.tallies {
		m.mergeTally(&total, t, m.rows[i].class, noCrowd)
		for p := range t.pending.all() {
			m.mergePending(&total, t, p, m.rows[i], noCrowd)
		}
	}
	for _, s := range total.grid.slots {
		m.BoxGrid.cell(s.image, s.objects)
	}
	m.Sizes, m.Boxes = make([]SizeCounts, len(m.Categories)), make([]BoxSummary, len(m.Categories))
	for i := range total.classes {
		s := &total.classes[i]
		m.Sizes[i], m.Boxes[i] = s.sizes, s.boxes
		m.AllBoxes.Merge(&s.boxes)
	}
}

// cell adds n boxes to the cell with the given key in boxStats.grid.
func (g *BoxGrid) cell(key, n int32) { g[key/GridSize][key%GridSize] += int64(n) }

// mergeTally adds what a file measured. class maps its rows to class indices,
// -1 for a category that is listed nowhere.
func (m *merger) mergeTally(total *boxStats, t *tally, class []int32, noCrowd bool) {
	for row, to := range class {
		if to < 0 {
			continue
		}
		total.classes[to].merge(&t.boxes.classes[row])
		if crowds := t.boxes.crowds[int32(row)]; crowds != nil && !noCrowd {
			total.classes[to].merge(crowds)
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
