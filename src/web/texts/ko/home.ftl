home-title = 연구에 쓸 줄기세포주를 찾고, 쓸 수 있는지 먼저 확인하세요
home-lead = 로그인 없이 찾아보고, 시험 결과와 이용 조건을 읽고, 내 연구에 필요한 승인 서류를 신청 전에 알 수 있습니다.
home-search = 검색
home-try = 예:
home-figure = { $year }년 분양
home-figure-dots = 
    { $each ->
    [1] 점 하나가 분양 한 건
   *[other] 점 하나가 분양 { $each }건
 }
home-figure-description = 분양 { $count }건. 직전 5년 평균은 { $mean }건이고, 회색 점은 평균, 파란 점은 평균을 넘은 분양이다.
home-figure-description-plain = 분양 { $count }건.
home-figure-above = 직전 5년 평균 { $mean }건의 { $ratio }배입니다. 회색 점은 평균, 파란 점은 평균을 넘은 { $more }건입니다.
home-figure-below = 직전 5년 평균은 { $mean }건으로, 그 { $ratio }배입니다.
home-figure-no-mean = 직전 5년 가운데 알 수 없는 해가 있어 평균과 비교하지 않습니다.
home-figure-more = { $year }년 통계 보기
home-new = 새로 공개한 세포주
home-all = 분양 중인 { $count }주 모두 보기
home-col-what = 질환·변형
home-col-day = 공개일
home-kinds = 세포주 종류
home-kind-patient = 환자 유래
home-kind-modified = 유전자 변형(LMO)
home-kind-modified-about = 유전자변형생물체로 다룹니다. 받는 시설의 신고나 허가가 필요합니다
home-kind-unmodified = 유전자변형생물체가 아닌 세포주
home-kind-unmodified-about = LMO 시설 신고나 허가가 필요 없습니다
home-kind-embryonic = 배아줄기세포주
home-kind-embryonic-about = 국가에 등록된 배아줄기세포주
home-kind-clinical = 임상용 등급
home-kind-clinical-about = 제조 및 품질관리 기준(GMP)에 따라 만든 세포주
home-kind-clinical-none = 지금 공개한 임상용 세포주는 없습니다
home-how = 분양은 이렇게 진행됩니다
home-step-check = 조건 확인
home-step-check-about = 세포주와 이용 목적을 고르면 필요한 승인과 서류가 나옵니다. 로그인 없이 됩니다.
home-step-request = 신청
home-step-request-about = 세포주를 담아 신청서를 작성합니다. 초안은 다 쓰지 않아도 저장됩니다.
home-step-review = 심사와 협약
home-step-review-about = 은행이 서류를 확인해 결정하고, 두 기관이 협약에 서명합니다. 지금 누구 차례인지 언제나 볼 수 있습니다.
home-step-receive = 수령과 보고
home-step-receive-about = 무상 분양입니다. 보관·소모품·운송에 드는 비용만 청구할 수 있습니다.
home-step-median = { $step } 중앙값 { $days }일.
