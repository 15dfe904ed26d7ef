set terminal svg size 760,460 font 'sans-serif,13' background 'white'
set output 'curve.svg'
set grid lc rgb '#e4e4e4'
set border 3 lc rgb '#888888'
set tics nomirror
set key outside right noenhanced
set xlabel 'evaluations'
set ylabel 'Fréchet'
set logscale x
set autoscale noextend
set offsets graph 0.04, graph 0.04, graph 0.06, graph 0.06
set xtics ()
set for [i=-6:6] for [m in '1 2 5'] xtics add (sprintf('%g', m*10**i) m*10**i)
set yrange [*:10] noextend
plot 'curve.dat' index 0 using 1:2 with linespoints pt 7 ps 0.6 lw 1.6 dt 1 title 'ddim', \
  'curve.dat' index 1 using 1:2 with linespoints pt 7 ps 0.6 lw 1.6 dt 1 title 'dpm-solver++2m', \
  'curve.dat' index 2 using 1:2 with linespoints pt 7 ps 0.6 lw 1.6 dt 1 title 'dpm-solver++2s', \
  'curve.dat' index 3 using 1:2 with linespoints pt 7 ps 0.6 lw 1.6 dt 1 title 'unipc', \
  'curve.dat' index 4 using 1:2 with linespoints pt 7 ps 0.6 lw 1.6 dt 1 title 'heun', \
  'curve.dat' index 5 using 1:2 with linespoints pt 7 ps 0.6 lw 1.6 dt 1 title 'dpm-solver-sde', \
  'curve.dat' index 6 using 1:2 with linespoints pt 7 ps 0.6 lw 1.6 dt 1 title 'dpm-solver++3m-sde', \
  'curve.dat' index 7 using 1:2 with linespoints pt 7 ps 0.6 lw 1.6 dt 1 title 'predictor-corrector', \
  'curve.dat' index 8 using 1:2 with linespoints pt 7 ps 0.6 lw 1.6 dt 2 title 'euler-maruyama', \
  'curve.dat' using 1:3 with lines dt 3 lw 1.6 lc rgb '#555555' smooth unique title 'floor'
