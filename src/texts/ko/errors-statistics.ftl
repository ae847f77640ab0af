statistics-range = 시작 연도부터 끝 연도까지 1년 이상 50년 이하로 지정해 주십시오.
statistics-year = 연도는 1900년부터 2200년까지 지정할 수 있습니다.
