set terminal svg size 760,460 font 'sans-serif,13' background 'white'
set output 'trees.svg'
set grid lc rgb '#e4e4e4'
set border 3 lc rgb '#888888'
set tics nomirror
set key outside right noenhanced
set xlabel 'cost'
set ylabel 'Fréchet'
set logscale y
set autoscale noextend
set offsets graph 0.04, graph 0.04, graph 0.06, graph 0.06
set ytics ()
set for [i=-6:6] for [m in '1 2 5'] ytics add (sprintf('%g', m*10**i) m*10**i)
plot 'trees.dat' index 0 using 1:2 with linespoints pt 7 ps 0.6 lw 1.6 dt 1 title 'mnist', \
  'trees.dat' index 1 using 1:2 with linespoints pt 7 ps 0.6 lw 1.6 dt 1 title 'fashion-mnist', \
  'trees.dat' index 2 using 1:2 with linespoints pt 7 ps 0.6 lw 1.6 dt 1 title 'letters', \
  'trees.dat' index 3 using 1:2 with linespoints pt 7 ps 0.6 lw 1.6 dt 1 title 'digits'
